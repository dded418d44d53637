-- nothing is dropped silently: every row that landed is staged, a duplicate or in quarantine
select * from {{ ref('staging_row_counts') }}
where rows_in <> rows_staged + rows_duplicate + rows_quarantined
