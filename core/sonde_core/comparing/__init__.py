"""How two exchanges are compared, part by part; `difference` puts the parts together."""
