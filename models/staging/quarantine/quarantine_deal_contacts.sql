{{ quarantined_rows('deal_contacts') }}
