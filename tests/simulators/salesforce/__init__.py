"""Salesforce's REST API for leads and contacts: records, sObject Collections, SOQL and history."""
