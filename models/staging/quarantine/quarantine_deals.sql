{{ quarantined_rows('deals') }}
