-- Access tokens are counted as they are issued, and signed lists say which of them are not valid.
ALTER TABLE "access_token" ADD COLUMN "status_number" BIGSERIAL NOT NULL;

CREATE UNIQUE INDEX "access_token_status_number_key" ON "access_token"("status_number");

CREATE TABLE "status_list" (
    "id" TEXT NOT NULL,
    "entries_digest" BYTEA NOT NULL,
    "signed" TEXT NOT NULL,
    "signed_at" TIMESTAMPTZ(3) NOT NULL,
    "checked_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "status_list_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "status_list_expires_at_idx" ON "status_list"("expires_at");

-- Who has to be told that an app's access ended because a spent token came back.
ALTER TABLE "refresh_family" ADD COLUMN "told_at" TIMESTAMPTZ(3);

CREATE INDEX "refresh_family_untold_idx" ON "refresh_family"("ended_at") WHERE "ended_why" = 'replayed' AND "told_at" IS NULL;
