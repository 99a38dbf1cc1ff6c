INSERT INTO inbox (key, kind, received_at, state, body) VALUES ('5a1c', 'pipeline', 1700000000, 0, x'00');
INSERT INTO inbox_counts VALUES ('pipeline', 'received', 1, 1700000000);
