{{ quarantined_rows('campaign_costs') }}
