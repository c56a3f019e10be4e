-- Authorization requests that apps pushed, kept for a minute.
CREATE TABLE "pushed_request" (
    "digest" BYTEA NOT NULL,
    "app_id" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "pushed_request_pkey" PRIMARY KEY ("digest")
);

CREATE INDEX "pushed_request_expires_at_idx" ON "pushed_request"("expires_at");
