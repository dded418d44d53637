-- Calls, mails, meetings, answers and verdicts of the reps. Variables: ends_at.
create table sales_activities as
with told as (
    select
        past_steps.*,
        identities.contact_id, identities.sdr_id, identities.ae_id,
        -- the caller hands over to an account executive, who accepts and meets
        (outcome in ('accepted', 'held', 'pricing_discussed') or bool_or(coalesce(outcome = 'accepted', false))
            over (partition by past_steps.i order by step_no)) as is_handed_over,
        pick(case outcome
            when 'recycled' then [
                'no_budget', 'bad_timing', 'bad_timing', 'no_response', 'not_ready', 'wrong_contact', 'not_icp'
            ]
            when 'disqualified' then ['out_of_target', 'no_need', 'bad_data', 'duplicate', 'out_of_target']
            when 'reopened' then ['new_contact_at_account', 'wrongly_disqualified']
        end, u(key, 'reason')) as drawn_reason
    from past_steps
    inner join identities on past_steps.i = identities.i
    where fact = 'activity'
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
