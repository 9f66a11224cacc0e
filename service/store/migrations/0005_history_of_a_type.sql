-- The history of a type is read in the order of writing.
CREATE INDEX resource_version_by_type ON resource_version (type, number);
