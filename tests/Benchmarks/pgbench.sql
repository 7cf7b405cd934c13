-- What a writer without group commit does: four statements, one event. The tables, indexes, and durability are the log's own.
\set stream random(1, 10000)
begin;
update events.mt_streams set version = version + 1, timestamp = now() where id = 'bare-' || lpad(:stream::text, 7, '0') returning version \gset
insert into events.mt_events (seq_id, id, stream_id, version, type, mt_dotnet_type, data, headers, correlation_id)
values (nextval('events.mt_events_sequence'), gen_random_uuid(), 'bare-' || lpad(:stream::text, 7, '0'), :version::bigint,
    'quantity-measured.v1', 'Restoration.Benchmarks.Measured, Restoration.Benchmarks',
    '{"by": {"client": "reporter-360703", "actor": "1001"}, "at": "2025-12-31T08:00:00+00:00", "point": "point-0001234", "division": "360703", "value": 12.34, "unit": "万m³"}',
    '{"source": "/v1/registry/points", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}',
    '0af7651916cd43dd8448eb211c80319c');
commit;
