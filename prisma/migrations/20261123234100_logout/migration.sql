-- Visits that end are told to the apps that got tokens in them, and end when the provider says so.
-- AlterTable
ALTER TABLE "session" ADD COLUMN     "told_at" TIMESTAMPTZ(3),
ADD COLUMN     "upstream_visit" TEXT;

-- CreateTable
CREATE TABLE "upstream_logout" (
    "digest" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "upstream_logout_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "logout_notice" (
    "id" UUID NOT NULL,
    "app_id" TEXT NOT NULL,
    "account_id" UUID NOT NULL,
    "session_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "not_before" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "sent_at" TIMESTAMPTZ(3),
    "failed_at" TIMESTAMPTZ(3),

    CONSTRAINT "logout_notice_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "logout_notice_not_before_idx" ON "logout_notice"("not_before");

-- CreateIndex
CREATE INDEX "access_token_session_id_idx" ON "access_token"("session_id");

-- CreateIndex
CREATE INDEX "refresh_family_session_id_idx" ON "refresh_family"("session_id");

-- CreateIndex
CREATE INDEX "session_ended_at_idx" ON "session"("ended_at");

UPDATE "session" SET "told_at" = "ended_at" WHERE "ended_at" IS NOT NULL;
