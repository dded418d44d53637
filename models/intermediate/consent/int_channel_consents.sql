{#- What is on record for each person and channel, and whether it lets them be reached at `as_of`. A
    word on one channel is none on the others; a word on all is one on each; and any ground will do
    for `all`. Words by an address close the gate for everybody who had it by then; whose stage they
    move is another question (int_opt_outs). -#}
with facts as (

    select
        lead_id, consent_id as proof_id, occurred_at, kind, channel, legal_basis, notice, source,
        false as is_by_former_address
    from {{ ref('int_consents') }}
    union all
    select
        interactions.lead_id, 'event ' || interactions.fact_id, interactions.occurred_at,
        closing.closes_as, closing.channel,
        {{ as_text('null') }}, {{ as_text('null') }}, interactions.event_type, false
    from {{ ref('int_interactions') }} as interactions
    inner join {{ ref('closing_events') }} as closing on interactions.event_type = closing.event_type
    where closing.closes_as = 'opt_out' and interactions.occurred_at <= {{ as_of() }}
    union all
    select
        lead_id, proof_id, occurred_at, kind, channel,
        {{ as_text('null') }}, {{ as_text('null') }}, {{ as_text('null') }}, true
    from {{ ref('int_address_words') }}

),

named as (

    select
        facts.lead_id,
        facts.proof_id,
        facts.occurred_at,
        facts.kind,
        facts.notice,
        facts.source,
        facts.is_by_former_address,
        channels.channel,
        ({{ is_closing_word('facts.kind') }} or facts.kind = 'opt_in')
        and facts.channel in (channels.channel, 'all') as is_word,
        {{ is_closing_word('facts.kind') }} and facts.channel in (channels.channel, 'all') as is_closing,
        facts.kind = 'informed' as is_notice,
        coalesce(facts.legal_basis, case when facts.kind = 'opt_in' then 'consent' end) as legal_basis
    from facts
    inner join {{ ref('contact_channels') }} as channels
        on facts.channel in (channels.channel, 'all') or channels.channel = 'all'

),

ranked as (

    select
        *,
        row_number() over (
            partition by lead_id, channel, is_word order by occurred_at desc, proof_id desc
        ) as word_recency,
        row_number() over (
            partition by lead_id, channel, legal_basis is not null order by occurred_at desc, proof_id desc
        ) as basis_recency,
        row_number() over (
            partition by lead_id, channel, is_notice order by occurred_at desc, proof_id desc
        ) as notice_recency,
        row_number() over (
            partition by lead_id, channel, is_closing order by occurred_at desc, proof_id desc
        ) as closing_recency,
        max(case when is_closing then occurred_at end) over (
            partition by lead_id, channel
        ) as objected_at
    from named

),

on_record as (

    select
        lead_id,
        channel,
        max(objected_at) as objected_at,
        max(case when is_closing and closing_recency = 1 then kind end) as objection_kind,
        max(case when is_closing and closing_recency = 1 then proof_id end) as objection_id,
        max(case when is_closing and closing_recency = 1 and is_by_former_address then 1 else 0 end) = 1
            as is_by_former_address,
        min(case when is_word and kind = 'opt_in' and occurred_at >= objected_at then occurred_at end)
            as opted_in_again_at,
        max(case when is_word and word_recency = 1 then kind end) as latest_kind,
        max(case when is_word and kind = 'erasure' then 1 else 0 end) = 1 as is_erased,
        max(case when basis_recency = 1 then legal_basis end) as legal_basis,
        max(case when legal_basis is not null and basis_recency = 1 then proof_id end) as proof_id,
        max(case when legal_basis is not null and basis_recency = 1 then source end) as source,
        max(case when is_notice and notice_recency = 1 then occurred_at end) as informed_at,
        max(case when is_notice and notice_recency = 1 then notice end) as notice
    from ranked
    group by lead_id, channel

),

based as (

    select
        grounds.lead_id,
        channels.channel,
        grounds.last_sign_of_life_at,
        on_record.informed_at,
        on_record.notice,
        on_record.objected_at,
        on_record.objection_kind,
        on_record.objection_id,
        coalesce(on_record.is_by_former_address, false) as is_by_former_address,
        on_record.proof_id,
        {{ opt_out_in_force('on_record.latest_kind', 'on_record.is_erased') }} as opt_out,
        on_record.opted_in_again_at,
        coalesce(on_record.source, grounds.source) as source,
        {{ legal_basis('on_record.legal_basis', 'grounds.has_raised_hand', 'grounds.default_legal_basis') }}
            as legal_basis,
        bounces.lead_id is not null as is_bounced
    from {{ ref('int_contact_grounds') }} as grounds
    cross join {{ ref('contact_channels') }} as channels
    left join on_record
        on grounds.lead_id = on_record.lead_id and channels.channel = on_record.channel
    left join {{ ref('int_bounces') }} as bounces
        on grounds.lead_id = bounces.lead_id and channels.channel = bounces.channel

),

final as (

    select
        lead_id,
        channel,
        opt_out,
        legal_basis,
        notice,
        source,
        proof_id,
        informed_at,
        objected_at,
        objection_kind,
        objection_id,
        is_by_former_address,
        case when opt_out is null then opted_in_again_at end as lifted_at,
        last_sign_of_life_at,
        {{ consent_status('opt_out', 'is_bounced', 'legal_basis', 'last_sign_of_life_at', as_of()) }}
            as status
    from based

)

select * from final
