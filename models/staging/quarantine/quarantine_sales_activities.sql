{{ quarantined_rows('sales_activities') }}
