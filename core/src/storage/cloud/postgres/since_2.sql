
-- A search for similar images reads the hashes from the index.
CREATE INDEX images_by_hash ON {schema}.images (website_id, user_id) INCLUDE (id, difference_hash);

CREATE OR REPLACE FUNCTION {schema}.images_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM {schema}.count_image(
            OLD.website_id, OLD.user_id, -1,
            -OLD.original_bytes - OLD.standard_bytes - OLD.rendition_bytes);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM {schema}.count_image(
            NEW.website_id, NEW.user_id, 1,
            NEW.original_bytes + NEW.standard_bytes + NEW.rendition_bytes);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER images_changed
    AFTER INSERT OR DELETE
        OR UPDATE OF website_id, user_id, original_bytes, standard_bytes, rendition_bytes
    ON {schema}.images FOR EACH ROW EXECUTE FUNCTION {schema}.images_changed();
