-- Launches from a portal, and the request each was spent on.
CREATE TABLE "launch" (
    "id" UUID NOT NULL,
    "digest" BYTEA NOT NULL,
    "portal_id" TEXT NOT NULL,
    "app_id" TEXT NOT NULL,
    "ehr_id" TEXT NOT NULL,
    "account_id" UUID NOT NULL,
    "login_id" UUID NOT NULL,
    "link_id" UUID NOT NULL,
    "context" JSONB NOT NULL,
    "launch_url" TEXT NOT NULL,
    "ticket_digest" BYTEA,
    "ticket_spent_at" TIMESTAMPTZ(3),
    "browser_digest" BYTEA,
    "auth_time" TIMESTAMPTZ(3),
    "session_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "spent_at" TIMESTAMPTZ(3),

    CONSTRAINT "launch_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "launch_digest_key" ON "launch"("digest");
CREATE UNIQUE INDEX "launch_ticket_digest_key" ON "launch"("ticket_digest");
CREATE INDEX "launch_expires_at_idx" ON "launch"("expires_at");

ALTER TABLE "authorization_request" ADD COLUMN "launch_id" UUID;
