DROP TRIGGER images_changed ON {schema}.images;
ALTER TABLE {schema}.images ADD COLUMN rendition_bytes bigint NOT NULL DEFAULT 0;
