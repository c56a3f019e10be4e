-- Results that were shown while only the automatic end made them visible.
CREATE TABLE "release_seen" (
    "digest" BYTEA NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "release_seen_pkey" PRIMARY KEY ("digest")
);
