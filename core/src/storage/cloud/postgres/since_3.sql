
-- What version 3 added: commits of several uploads in one transaction.

-- Commits uploads one after another, each by next_image and an INSERT. Of each it returns the id and the photo code; or NULL
-- when it can no longer be committed, with the SQLSTATE of the quota that it is over, if that is why.
CREATE FUNCTION {schema}.commit_uploads(uploads jsonb)
RETURNS TABLE (image bigint, code bigint, over_quota text) LANGUAGE plpgsql AS $$
DECLARE
    upload jsonb;
BEGIN
    -- Ids, users, websites: the order in which one commit locks them. A deletion, too, locks users before websites.
    PERFORM FROM {schema}.last_image FOR UPDATE;
    PERFORM FROM {schema}.usage_by_user WHERE (website_id, user_id) IN (
        SELECT (value ->> 'website_id')::bigint, value ->> 'user_id' FROM jsonb_array_elements(uploads)
    ) ORDER BY website_id, user_id FOR UPDATE;
    FOR upload IN SELECT value FROM jsonb_array_elements(uploads) LOOP
        over_quota := NULL;
        BEGIN
            SELECT next.image, next.code INTO image, code FROM {schema}.next_image(
                (upload ->> 'pending')::bigint, upload ->> 'unique_name', (upload ->> 'website_id')::bigint,
                upload ->> 'user_id', (upload ->> 'sha256')::bytea, (upload ->> 'all_bytes')::bigint,
                (upload ->> 'website_images')::bigint, (upload ->> 'website_bytes')::bigint,
                (upload ->> 'user_images')::bigint, (upload ->> 'user_bytes')::bigint
            ) AS next;
            IF FOUND THEN
                INSERT INTO {schema}.images (id, photo_code, stem, search_name, rendition_bytes, {names})
                    SELECT image, code, stem, search_name, rendition_bytes, {names}
                    FROM jsonb_populate_record(NULL::{schema}.images, upload);
            END IF;
        EXCEPTION WHEN SQLSTATE 'UIQ01' OR SQLSTATE 'UIQ02' OR SQLSTATE 'UIQ03' OR SQLSTATE 'UIQ04' THEN
            image := NULL;
            code := NULL;
            over_quota := SQLSTATE;
        END;
        RETURN NEXT;
    END LOOP;
END $$;
