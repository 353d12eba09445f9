"""CCF templates: made for each establishment, read back, followed up."""
