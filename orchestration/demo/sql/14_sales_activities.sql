-- Calls, mails, meetings, answers and verdicts of the reps. Variables: ends_at.
create table sales_activities as
with planned as (
    select
        steps.*,
        identities.contact_id, identities.sdr_id, identities.ae_id,
        lead(happened_at) over same_kind as next_alike_at,
        lead(outcome) over same_kind as next_alike_outcome,
        -- the caller hands over to an account executive, who accepts and meets
        coalesce(outcome in ('accepted', 'held', 'pricing_discussed'), false)
        or bool_or(coalesce(outcome = 'accepted', false)) over (partition by steps.i order by step_no)
            as is_handed_over
    from steps
    inner join identities on steps.i = identities.i
    where fact = 'activity'
    window same_kind as (partition by steps.i, kind order by step_no)
),
told as (
    select
        *,
        case outcome
            when 'recycled' then pick([
                'no_budget', 'bad_timing', 'bad_timing', 'no_response', 'not_ready', 'wrong_contact', 'not_icp'
            ], u(key, 'reason'))
            when 'disqualified' then pick(
                ['out_of_target', 'no_need', 'bad_data', 'duplicate', 'out_of_target'], u(key, 'reason')
            )
            when 'reopened' then pick(['new_contact_at_account', 'wrongly_disqualified'], u(key, 'reason'))
        end as drawn_reason
    from planned
    where happened_at <= getvariable('ends_at')
),
answered as (
    select
        *,
        list_transform(range(1, 5), lambda place: case substr(answers, place, 1)
            when 'y' then 'confirmed'
            when 'n' then 'denied'
            when '?' then pick(['confirmed', 'confirmed', 'denied', null], u(key, 'answer'))
        end) as given
    from told
)
select
    'ac-' || padded(i, 7) || '-' || padded(step_no, 2) as activity_id,
    contact_id,
    instant(happened_at) as occurred_at,
    case
        when kind <> 'meeting' or outcome <> 'booked' or u(key, 'unscheduled') < 0.08 then null
        when next_alike_outcome in ('held', 'no_show') then instant(next_alike_at)
        else instant(at_work(at_second + cast(work_day() * (5.2 + 6 * u(key, 'scheduled')) as bigint)))
    end as scheduled_at,
    kind = 'auto_email' as is_automated,
    if(kind = 'auto_email', 'email', kind) as activity_type,
    case
        when kind in ('qualification', 'handoff') then null
        when kind = 'questionnaire' or outcome = 'replied' then 'inbound'
        when outcome = 'booked' and u(key, 'self booked') < 0.6 then 'inbound'
        when outcome = 'cancelled' then 'inbound'
        else 'outbound'
    end as direction,
    if(kind = 'handoff' or (kind = 'qualification' and outcome = 'answered'), null, outcome) as outcome,
    if(kind = 'questionnaire', null, if(is_handed_over, ae_id, sdr_id)) as rep_id,
    given[1] as need,
    given[2] as budget,
    given[3] as authority,
    given[4] as timing,
    if(kind = 'handoff', replace(outcome, '_mute', ''), null) as verdict,
    drawn_reason as reason,
    landed(happened_at, u(key, 'activity landed')) as _loaded_at
from answered;
