{{ quarantined_rows('reps') }}
