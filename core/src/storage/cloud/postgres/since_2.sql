-- What version 2 added: quotas, hashes of pictures, and the bytes of further renditions in the counts. Servers of version 1 go on with their own next_image.

-- Raises an error when one more image is over a quota of a website or a user. NULL is no limit.
CREATE OR REPLACE FUNCTION {schema}.check_quotas(
    website bigint, uploader text, more_bytes bigint,
    website_images bigint, website_bytes bigint, user_images bigint, user_bytes bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    used record;
BEGIN
    IF website_images IS NOT NULL OR website_bytes IS NOT NULL THEN
        SELECT coalesce(sum(images), 0) AS images, coalesce(sum(bytes), 0) AS bytes INTO used
            FROM {schema}.usage_by_website WHERE website_id = website;
        IF used.images + 1 > website_images THEN
            RAISE SQLSTATE 'UIQ01' USING MESSAGE = 'the website''s quota of images is used up';
        END IF;
        IF used.bytes + more_bytes > website_bytes THEN
            RAISE SQLSTATE 'UIQ02' USING MESSAGE = 'the website''s quota of bytes is used up';
        END IF;
    END IF;
    IF user_images IS NOT NULL OR user_bytes IS NOT NULL THEN
        SELECT coalesce(sum(images), 0) AS images, coalesce(sum(bytes), 0) AS bytes INTO used
            FROM {schema}.usage_by_user WHERE website_id = website AND user_id = uploader;
        IF used.images + 1 > user_images THEN
            RAISE SQLSTATE 'UIQ03' USING MESSAGE = 'the user''s quota of images is used up';
        END IF;
        IF used.bytes + more_bytes > user_bytes THEN
            RAISE SQLSTATE 'UIQ04' USING MESSAGE = 'the user''s quota of bytes is used up';
        END IF;
    END IF;
END $$;

-- Removes the pending row of an upload and returns the id and the photo code of its image. No row when
-- the upload can no longer be committed; an error when the image is over a quota. Each statement of a
-- function sees what was committed before it, so usage and photo code are looked up after the wait for
-- the lock.
CREATE OR REPLACE FUNCTION {schema}.next_image(
    upload bigint, upload_name text, website bigint, uploader text, content bytea, more_bytes bigint,
    website_images bigint, website_bytes bigint, user_images bigint, user_bytes bigint
) RETURNS TABLE (image bigint, code bigint) LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM {schema}.pending
        WHERE pending.id = upload AND unique_name = upload_name AND state = 'storing';
    IF NOT FOUND THEN RETURN; END IF;
    UPDATE {schema}.last_image SET id = last_image.id + 1 RETURNING last_image.id INTO image;
    PERFORM {schema}.check_quotas(website, uploader, more_bytes,
        website_images, website_bytes, user_images, user_bytes);
    SELECT photo_code INTO code FROM {schema}.images
        WHERE website_id = website AND user_id = uploader AND sha256 = content
        ORDER BY images.id LIMIT 1;
    code := coalesce(code, image);
    RETURN NEXT;
END $$;

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
