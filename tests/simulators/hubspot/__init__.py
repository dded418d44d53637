"""HubSpot's CRM API, version 3, for contacts: records, properties, merges and limits."""
