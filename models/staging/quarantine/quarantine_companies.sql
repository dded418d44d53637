{{ quarantined_rows('companies') }}
