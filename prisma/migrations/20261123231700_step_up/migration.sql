-- What raised a session beyond its sign-in, and when a chart was proven in it.
ALTER TABLE "session" ADD COLUMN "stepped_up_at" TIMESTAMPTZ(3),
ADD COLUMN "stepped_up_by" TEXT,
ADD COLUMN "linked_at" TIMESTAMPTZ(3);

-- Nobody knows when a person authenticated whose provider does not say.
ALTER TABLE "authorization_code" ALTER COLUMN "auth_time" DROP NOT NULL;
ALTER TABLE "refresh_family" ALTER COLUMN "auth_time" DROP NOT NULL;

CREATE TABLE "account_passkey" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "credential_id" BYTEA NOT NULL,
    "public_key" BYTEA NOT NULL,
    "counter" BIGINT NOT NULL DEFAULT 0,
    "transports" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3),
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "account_passkey_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "account_passkey_credential_id_key" ON "account_passkey"("credential_id");
CREATE INDEX "account_passkey_account_id_idx" ON "account_passkey"("account_id");
ALTER TABLE "account_passkey" ADD CONSTRAINT "account_passkey_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

CREATE TABLE "step_up_code" (
    "id" UUID NOT NULL,
    "digest" BYTEA NOT NULL,
    "pepper" INTEGER NOT NULL,
    "ehr_id" TEXT NOT NULL,
    "patient_id" TEXT NOT NULL,
    "relationship" TEXT NOT NULL,
    "related_person_id" TEXT,
    "identification" TEXT NOT NULL,
    "issued_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "step_up_code_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "step_up_code_digest_key" ON "step_up_code"("digest");
CREATE INDEX "step_up_code_ehr_id_patient_id_idx" ON "step_up_code"("ehr_id", "patient_id");
CREATE INDEX "step_up_code_expires_at_idx" ON "step_up_code"("expires_at");
