with titles as (

    select distinct value as job_title
    from {{ ref('int_contact_attributes') }}
    where attribute = 'job_title'

),

spelled as (

    -- whole words only: the "cto" of "director" is none
    select
        job_title,
        ' ' || {{ spaced_out(lower_case('job_title'), [',', '/', '(', ')', '&', '.']) }} || ' ' as words
    from titles

),

patterns as (

    select
        priority,
        seniority,
        is_decision_maker,
        ' ' || replace(words, '|', ' | ') || ' ' as words
    from {{ ref('job_titles') }}

),

matched as (

    select
        spelled.job_title,
        patterns.seniority,
        patterns.is_decision_maker,
        row_number() over (partition by spelled.job_title order by patterns.priority) as place
    from spelled
    left join patterns on {{ contains_any_word('spelled.words', 'patterns.words') }}

),

final as (

    select
        job_title,
        coalesce(seniority, 'other') as seniority,
        coalesce(is_decision_maker, false) as is_decision_maker
    from matched
    where place = 1

)

select * from final
