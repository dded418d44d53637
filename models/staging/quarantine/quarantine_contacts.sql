{{ quarantined_rows('contacts') }}
