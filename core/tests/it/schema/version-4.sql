-- The tables of version 4, with one image and one unfinished upload. The last pending row had the number 9.
CREATE TABLE images (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    photo_code INTEGER NOT NULL, -- the id of the first upload of the same bytes
    website_id INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    unique_name TEXT NOT NULL,
    image_name TEXT NOT NULL,
    format TEXT NOT NULL,
    stored_width INTEGER NOT NULL,
    stored_height INTEGER NOT NULL,
    orientation INTEGER NOT NULL,
    dpi INTEGER NOT NULL,
    dpi_y INTEGER NOT NULL,
    original_bytes INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    standard_format TEXT NOT NULL,
    standard_width INTEGER NOT NULL,
    standard_height INTEGER NOT NULL,
    standard_bytes INTEGER NOT NULL,
    standard_sha256 BLOB,
    created INTEGER NOT NULL,
    warnings TEXT NOT NULL,
    renditions TEXT NOT NULL,
    difference_hash BLOB,
    thumb_hash BLOB,
    stem TEXT NOT NULL, -- the unique name without its extension
    search_name TEXT NOT NULL, -- the image name in lower case
    rendition_bytes INTEGER NOT NULL -- of the further renditions
) STRICT;
CREATE TABLE pending (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    unique_name TEXT NOT NULL UNIQUE,
    website_id INTEGER NOT NULL, -- for people who inspect the table
    original_key TEXT NOT NULL,
    standard_key TEXT NOT NULL,
    rendition_keys TEXT NOT NULL, -- of the further renditions, with spaces between
    state TEXT NOT NULL CHECK (state IN ('storing', 'swept', 'deleting')),
    since INTEGER NOT NULL -- when it entered this state; milliseconds since 1970
) STRICT;
CREATE INDEX images_by_user ON images (website_id, user_id, id);
CREATE INDEX images_by_content ON images (website_id, user_id, sha256, id);
CREATE UNIQUE INDEX images_by_stem ON images (stem);
CREATE INDEX images_by_search ON images (website_id, user_id, id, search_name);
CREATE INDEX images_by_age ON images (website_id, created);
CREATE INDEX pending_by_age ON pending (since);
CREATE TABLE usage_by_user (
    website_id INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    images INTEGER NOT NULL,
    bytes INTEGER NOT NULL, -- of originals and renditions
    PRIMARY KEY (website_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE usage_by_website (
    website_id INTEGER PRIMARY KEY,
    images INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    users INTEGER NOT NULL -- who have images
) STRICT;
CREATE TRIGGER users_added AFTER INSERT ON usage_by_user BEGIN
    INSERT INTO usage_by_website VALUES (new.website_id, new.images, new.bytes, 1)
        ON CONFLICT DO UPDATE SET
        images = images + excluded.images, bytes = bytes + excluded.bytes, users = users + 1;
END;
CREATE TRIGGER users_changed AFTER UPDATE ON usage_by_user BEGIN
    UPDATE usage_by_website
        SET images = images + new.images - old.images, bytes = bytes + new.bytes - old.bytes
        WHERE website_id = new.website_id;
    DELETE FROM usage_by_user
        WHERE website_id = new.website_id AND user_id = new.user_id AND images < 1;
END;
CREATE TRIGGER users_removed AFTER DELETE ON usage_by_user BEGIN
    UPDATE usage_by_website
        SET images = images - old.images, bytes = bytes - old.bytes, users = users - 1
        WHERE website_id = old.website_id;
END;
CREATE INDEX images_by_hash ON images (website_id, user_id, difference_hash);
CREATE TRIGGER images_added AFTER INSERT ON images BEGIN
    INSERT INTO usage_by_user VALUES
        (new.website_id, new.user_id, 1,
         new.original_bytes + new.standard_bytes + new.rendition_bytes)
        ON CONFLICT DO UPDATE SET images = images + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER images_removed AFTER DELETE ON images BEGIN
    UPDATE usage_by_user
        SET images = images - 1,
            bytes = bytes - old.original_bytes - old.standard_bytes - old.rendition_bytes
        WHERE website_id = old.website_id AND user_id = old.user_id;
END;
CREATE TRIGGER images_changed
AFTER UPDATE OF website_id, user_id, original_bytes, standard_bytes, rendition_bytes ON images BEGIN
    UPDATE usage_by_user
        SET images = images - 1,
            bytes = bytes - old.original_bytes - old.standard_bytes - old.rendition_bytes
        WHERE website_id = old.website_id AND user_id = old.user_id;
    INSERT INTO usage_by_user VALUES
        (new.website_id, new.user_id, 1,
         new.original_bytes + new.standard_bytes + new.rendition_bytes)
        ON CONFLICT DO UPDATE SET images = images + 1, bytes = bytes + excluded.bytes;
END;
INSERT INTO images (id, photo_code, website_id, user_id, unique_name, image_name, format, stored_width, stored_height,
    orientation, dpi, dpi_y, original_bytes, sha256, standard_format, standard_width, standard_height, standard_bytes,
    standard_sha256, created, warnings, renditions, stem, search_name, rendition_bytes)
VALUES (7, 7, 1001, '12345', '2026_11_67e55044-10b1-426f-9247-bb680e5fe0c8.png', 'logo.png', 'png', 40, 30,
    1, 96, 96, 5, zeroblob(32), 'jpeg', 40, 30, 8, zeroblob(32), 1767225600123, '', '',
    '2026_11_67e55044-10b1-426f-9247-bb680e5fe0c8', 'logo.png', 0);
INSERT INTO pending VALUES (9, '2026_11_67e55044-10b1-426f-9247-bb680e5fe0ca.png', 1001,
    'original/2026_11_67e55044-10b1-426f-9247-bb680e5fe0ca.png',
    'standard/2026_11_67e55044-10b1-426f-9247-bb680e5fe0ca.jpg', '', 'deleting', 0);
DELETE FROM pending;
INSERT INTO pending VALUES (3, '2026_11_67e55044-10b1-426f-9247-bb680e5fe0c9.png', 1001,
    'original/2026_11_67e55044-10b1-426f-9247-bb680e5fe0c9.png',
    'standard/2026_11_67e55044-10b1-426f-9247-bb680e5fe0c9.jpg',
    'thumbnail/2026_11_67e55044-10b1-426f-9247-bb680e5fe0c9.jpg', 'storing', 0);
PRAGMA user_version = 4;
