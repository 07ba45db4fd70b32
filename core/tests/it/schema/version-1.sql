-- The tables of version 1 of the embedded catalog, with one image. Never changed.
CREATE TABLE images (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    photo_code INTEGER NOT NULL, -- the id of the first upload of the same bytes
    website_id INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    image_name TEXT NOT NULL,
    unique_name TEXT NOT NULL UNIQUE,
    format TEXT NOT NULL,
    width INTEGER NOT NULL, -- as stored, before orientation
    height INTEGER NOT NULL,
    orientation INTEGER NOT NULL, -- EXIF's number
    dpi INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    standard_format TEXT NOT NULL,
    standard_width INTEGER NOT NULL,
    standard_height INTEGER NOT NULL,
    standard_bytes INTEGER NOT NULL,
    created INTEGER NOT NULL -- milliseconds since 1970
) STRICT;
CREATE INDEX images_by_user ON images (website_id, user_id, id);
CREATE INDEX images_by_content ON images (website_id, user_id, sha256, id);

CREATE TABLE pending (
    ticket INTEGER PRIMARY KEY AUTOINCREMENT,
    unique_name TEXT NOT NULL UNIQUE,
    website_id INTEGER NOT NULL, -- for whoever looks at the table
    original_key TEXT NOT NULL,
    standard_key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('storing', 'swept', 'deleting')),
    since INTEGER NOT NULL -- in this state; milliseconds since 1970
) STRICT;
PRAGMA user_version = 1;
INSERT INTO images VALUES (7, 7, 1001, '12345', 'logo.tif', '2026_11_67e55044-10b1-426f-9247-bb680e5fe0c8.tif', 'tiff', 40, 30, 6, 204, 5,
    x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'jpeg', 30, 40, 8, 1767225600000);
INSERT INTO pending VALUES (3, '2026_11_67e55044-10b1-426f-9247-bb680e5fe0c9.png', 1001,
    'original/2026_11_67e55044-10b1-426f-9247-bb680e5fe0c9.png', 'standard/2026_11_67e55044-10b1-426f-9247-bb680e5fe0c9.jpg', 'deleting', 0);
