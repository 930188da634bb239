"""What the project promises about speed, measured in one run on this machine."""
