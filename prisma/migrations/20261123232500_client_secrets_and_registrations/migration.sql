-- CreateTable
CREATE TABLE "client_secret" (
    "id" UUID NOT NULL,
    "app_id" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,
    "origin" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "client_secret_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "app_registration" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "metadata" JSONB NOT NULL,
    "echoed" JSONB NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "resembles" TEXT[],
    "token_digest" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "decided_at" TIMESTAMPTZ(3),

    CONSTRAINT "app_registration_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "client_secret_app_id_digest_key" ON "client_secret"("app_id", "digest");

-- CreateIndex
CREATE INDEX "app_registration_state_created_at_idx" ON "app_registration"("state", "created_at");
