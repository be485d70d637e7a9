-- How many hosts are in each state is counted without reading their rows.
CREATE INDEX host_by_state ON host (state, disabled);
