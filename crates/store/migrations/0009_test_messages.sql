-- What failed tests said: masked and cut; NULL where the report said nothing, or was read before.
ALTER TABLE test_cases ADD COLUMN message TEXT;
