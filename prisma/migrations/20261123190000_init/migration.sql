-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "app" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "metadata" JSONB NOT NULL,
    "source" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "app_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "name" TEXT NOT NULL,
    "actor_kind" TEXT NOT NULL,
    "actor" TEXT,
    "account_id" UUID,
    "ehr_id" TEXT,
    "patient_id" TEXT,
    "app_id" TEXT,
    "grant_id" UUID,
    "link_id" UUID,
    "request_id" TEXT,
    "outcome" TEXT NOT NULL,
    "detail" JSONB NOT NULL,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "grant" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "link_id" UUID NOT NULL,
    "app_id" TEXT NOT NULL,
    "ehr_id" TEXT NOT NULL,
    "patient_id" TEXT NOT NULL,
    "scopes" TEXT[],
    "text_version" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "shown" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "ended_why" TEXT,

    CONSTRAINT "grant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "account" (
    "id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "language" TEXT,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "login" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "login_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" UUID NOT NULL,
    "digest" BYTEA NOT NULL,
    "kind" TEXT NOT NULL,
    "login_id" UUID,
    "account_id" UUID,
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "auth_time" TIMESTAMPTZ(3) NOT NULL,
    "auth_time_proven" BOOLEAN NOT NULL DEFAULT false,
    "acr" TEXT,
    "amr" TEXT[],
    "claims" JSONB,
    "mfa" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "ended_why" TEXT,

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "staff_passkey" (
    "id" UUID NOT NULL,
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "credential_id" BYTEA NOT NULL,
    "public_key" BYTEA NOT NULL,
    "counter" BIGINT NOT NULL DEFAULT 0,
    "transports" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3),
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "staff_passkey_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "passkey_challenge" (
    "digest" BYTEA NOT NULL,
    "session_id" UUID NOT NULL,
    "purpose" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "spent_at" TIMESTAMPTZ(3),

    CONSTRAINT "passkey_challenge_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "staff_invitation" (
    "digest" BYTEA NOT NULL,
    "role" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "spent_at" TIMESTAMPTZ(3),

    CONSTRAINT "staff_invitation_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "staff_role" (
    "id" UUID NOT NULL,
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "staff_role_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "job_lease" (
    "name" TEXT NOT NULL,
    "holder" TEXT,
    "leased_till" TIMESTAMPTZ(3),
    "last_run_at" TIMESTAMPTZ(3),

    CONSTRAINT "job_lease_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "signing_key" (
    "id" TEXT NOT NULL,
    "algorithm" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "public_jwk" JSONB NOT NULL,
    "sealed_private" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "activated_at" TIMESTAMPTZ(3),
    "retired_at" TIMESTAMPTZ(3),
    "gone_at" TIMESTAMPTZ(3),

    CONSTRAINT "signing_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "link" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "ehr_id" TEXT NOT NULL,
    "patient_id" TEXT NOT NULL,
    "relationship" TEXT NOT NULL,
    "related_person_id" TEXT,
    "method" TEXT NOT NULL,
    "level" TEXT NOT NULL,
    "evidence" JSONB NOT NULL,
    "candidate_version" TEXT NOT NULL,
    "demographics_digest" BYTEA NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'active',
    "login_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "checked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),
    "ended_why" TEXT,

    CONSTRAINT "link_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "activation_code" (
    "id" UUID NOT NULL,
    "digest" BYTEA NOT NULL,
    "pepper" INTEGER NOT NULL,
    "ehr_id" TEXT NOT NULL,
    "patient_id" TEXT NOT NULL,
    "relationship" TEXT NOT NULL,
    "related_person_id" TEXT,
    "birth_date_digest" BYTEA NOT NULL,
    "received_by" TEXT NOT NULL,
    "identification" TEXT NOT NULL,
    "issued_by_kind" TEXT NOT NULL,
    "issued_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "tries_left" INTEGER NOT NULL DEFAULT 5,
    "used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_why" TEXT,

    CONSTRAINT "activation_code_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "link_proposal" (
    "id" UUID NOT NULL,
    "session_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "activation_code_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "spent_at" TIMESTAMPTZ(3),

    CONSTRAINT "link_proposal_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "link_repudiation" (
    "digest" BYTEA NOT NULL,
    "pepper" INTEGER NOT NULL,
    "link_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "spent_at" TIMESTAMPTZ(3),

    CONSTRAINT "link_repudiation_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "notification" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "sealed_to" BYTEA,
    "language" TEXT NOT NULL,
    "parameters" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "not_before" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "sent_at" TIMESTAMPTZ(3),
    "failed_at" TIMESTAMPTZ(3),

    CONSTRAINT "notification_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rate_limit_hit" (
    "id" UUID NOT NULL,
    "key" BYTEA NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "rate_limit_hit_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "authorization_request" (
    "id" UUID NOT NULL,
    "browser_digest" BYTEA NOT NULL,
    "app_id" TEXT NOT NULL,
    "ehr_id" TEXT,
    "redirect_uri" TEXT NOT NULL,
    "scopes" TEXT[],
    "state" TEXT,
    "nonce" TEXT,
    "code_challenge" TEXT NOT NULL,
    "audience" TEXT,
    "prompt" TEXT[],
    "max_age" INTEGER,
    "acr_values" TEXT[],
    "login_hint" TEXT,
    "session_id" UUID,
    "account_id" UUID,
    "link_id" UUID,
    "status" TEXT NOT NULL DEFAULT 'open',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "decided_at" TIMESTAMPTZ(3),
    "sealed_answer" BYTEA,

    CONSTRAINT "authorization_request_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "authorization_code" (
    "digest" BYTEA NOT NULL,
    "grant_id" UUID NOT NULL,
    "app_id" TEXT NOT NULL,
    "redirect_uri" TEXT NOT NULL,
    "code_challenge" TEXT NOT NULL,
    "scopes" TEXT[],
    "nonce" TEXT,
    "audience" TEXT,
    "session_id" UUID NOT NULL,
    "auth_time" TIMESTAMPTZ(3) NOT NULL,
    "acr" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "spent_at" TIMESTAMPTZ(3),
    "family_id" UUID,
    "first_jti" TEXT,

    CONSTRAINT "authorization_code_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "refresh_family" (
    "id" UUID NOT NULL,
    "grant_id" UUID NOT NULL,
    "app_id" TEXT NOT NULL,
    "scopes" TEXT[],
    "audience" TEXT,
    "auth_time" TIMESTAMPTZ(3) NOT NULL,
    "acr" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "ended_why" TEXT,

    CONSTRAINT "refresh_family_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "refresh_token" (
    "digest" BYTEA NOT NULL,
    "family_id" UUID NOT NULL,
    "parent_digest" BYTEA,
    "key_version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "spent_at" TIMESTAMPTZ(3),
    "request_digest" BYTEA,
    "successor_digest" BYTEA,
    "successor_jti" TEXT,
    "successor_iat" TIMESTAMPTZ(3),
    "successor_exp" TIMESTAMPTZ(3),

    CONSTRAINT "refresh_token_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "access_token" (
    "jti" TEXT NOT NULL,
    "grant_id" UUID NOT NULL,
    "family_id" UUID,
    "app_id" TEXT NOT NULL,
    "scopes" TEXT[],
    "issued_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "access_token_pkey" PRIMARY KEY ("jti")
);

-- CreateTable
CREATE TABLE "assertion_jti" (
    "digest" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "assertion_jti_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "stop" (
    "id" UUID NOT NULL,
    "target" TEXT NOT NULL,
    "target_id" TEXT NOT NULL DEFAULT '',
    "reason" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lifted_at" TIMESTAMPTZ(3),
    "lifted_by" TEXT,

    CONSTRAINT "stop_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "audit_event_account_id_at_idx" ON "audit_event"("account_id", "at");

-- CreateIndex
CREATE INDEX "audit_event_ehr_id_patient_id_at_idx" ON "audit_event"("ehr_id", "patient_id", "at");

-- CreateIndex
CREATE INDEX "audit_event_name_at_idx" ON "audit_event"("name", "at");

-- CreateIndex
CREATE INDEX "grant_account_id_idx" ON "grant"("account_id");

-- CreateIndex
CREATE INDEX "grant_link_id_idx" ON "grant"("link_id");

-- CreateIndex
CREATE INDEX "grant_app_id_idx" ON "grant"("app_id");

-- CreateIndex
CREATE INDEX "login_account_id_idx" ON "login"("account_id");

-- CreateIndex
CREATE UNIQUE INDEX "session_digest_key" ON "session"("digest");

-- CreateIndex
CREATE INDEX "session_account_id_idx" ON "session"("account_id");

-- CreateIndex
CREATE INDEX "session_issuer_subject_idx" ON "session"("issuer", "subject");

-- CreateIndex
CREATE UNIQUE INDEX "staff_passkey_credential_id_key" ON "staff_passkey"("credential_id");

-- CreateIndex
CREATE INDEX "staff_passkey_issuer_subject_idx" ON "staff_passkey"("issuer", "subject");

-- CreateIndex
CREATE INDEX "staff_role_issuer_subject_idx" ON "staff_role"("issuer", "subject");

-- CreateIndex
CREATE INDEX "signing_key_status_idx" ON "signing_key"("status");

-- CreateIndex
CREATE INDEX "link_ehr_id_patient_id_idx" ON "link"("ehr_id", "patient_id");

-- CreateIndex
CREATE UNIQUE INDEX "activation_code_digest_key" ON "activation_code"("digest");

-- CreateIndex
CREATE INDEX "link_repudiation_link_id_idx" ON "link_repudiation"("link_id");

-- CreateIndex
CREATE INDEX "activation_code_ehr_id_patient_id_idx" ON "activation_code"("ehr_id", "patient_id");

-- CreateIndex
CREATE INDEX "notification_sent_at_not_before_idx" ON "notification"("sent_at", "not_before");

-- CreateIndex
CREATE INDEX "rate_limit_hit_key_at_idx" ON "rate_limit_hit"("key", "at");

-- CreateIndex
CREATE INDEX "rate_limit_hit_expires_at_idx" ON "rate_limit_hit"("expires_at");

-- CreateIndex
CREATE INDEX "authorization_request_expires_at_idx" ON "authorization_request"("expires_at");

-- CreateIndex
CREATE INDEX "authorization_code_expires_at_idx" ON "authorization_code"("expires_at");

-- CreateIndex
CREATE INDEX "refresh_family_grant_id_idx" ON "refresh_family"("grant_id");

-- CreateIndex
CREATE INDEX "refresh_token_family_id_idx" ON "refresh_token"("family_id");

-- CreateIndex
CREATE INDEX "access_token_grant_id_idx" ON "access_token"("grant_id");

-- CreateIndex
CREATE INDEX "access_token_expires_at_idx" ON "access_token"("expires_at");

-- CreateIndex
CREATE INDEX "assertion_jti_expires_at_idx" ON "assertion_jti"("expires_at");

-- CreateIndex
CREATE INDEX "stop_target_target_id_idx" ON "stop"("target", "target_id");

-- AddForeignKey
ALTER TABLE "grant" ADD CONSTRAINT "grant_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "grant" ADD CONSTRAINT "grant_link_id_fkey" FOREIGN KEY ("link_id") REFERENCES "link"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "login" ADD CONSTRAINT "login_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_login_id_fkey" FOREIGN KEY ("login_id") REFERENCES "login"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "link" ADD CONSTRAINT "link_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "authorization_code" ADD CONSTRAINT "authorization_code_grant_id_fkey" FOREIGN KEY ("grant_id") REFERENCES "grant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "refresh_family" ADD CONSTRAINT "refresh_family_grant_id_fkey" FOREIGN KEY ("grant_id") REFERENCES "grant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "refresh_token" ADD CONSTRAINT "refresh_token_family_id_fkey" FOREIGN KEY ("family_id") REFERENCES "refresh_family"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "access_token" ADD CONSTRAINT "access_token_grant_id_fkey" FOREIGN KEY ("grant_id") REFERENCES "grant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;



-- What Prisma's schema cannot say.

-- One person per (issuer, subject); a removed login may come back as a new one.
CREATE UNIQUE INDEX "login_live_issuer_subject" ON "login" ("issuer", "subject") WHERE "removed_at" IS NULL;

-- One live self link per account and EHR; one live link per account and record.
CREATE UNIQUE INDEX "link_live_self" ON "link" ("account_id", "ehr_id") WHERE "relationship" = 'self' AND "status" IN ('active', 'suspended');
CREATE UNIQUE INDEX "link_live_record" ON "link" ("account_id", "ehr_id", "patient_id") WHERE "status" IN ('active', 'suspended');

-- One live code per record and purpose.
CREATE UNIQUE INDEX "activation_code_live" ON "activation_code" ("ehr_id", "patient_id", "relationship", COALESCE("related_person_id", '')) WHERE "used_at" IS NULL AND "revoked_at" IS NULL;

-- One live stop per target; one active and one next signing key per algorithm.
CREATE UNIQUE INDEX "stop_live" ON "stop" ("target", "target_id") WHERE "lifted_at" IS NULL;
CREATE UNIQUE INDEX "signing_key_one_active" ON "signing_key" ("algorithm") WHERE "status" = 'active';
CREATE UNIQUE INDEX "signing_key_one_next" ON "signing_key" ("algorithm") WHERE "status" = 'next';

-- The audit is append-only.
CREATE FUNCTION "audit_event_refuse_change"() RETURNS trigger AS $$
BEGIN
  RAISE EXCEPTION 'audit_event is append-only';
END;
$$ LANGUAGE plpgsql;
CREATE TRIGGER "audit_event_append_only" BEFORE UPDATE OR DELETE ON "audit_event" FOR EACH ROW EXECUTE FUNCTION "audit_event_refuse_change"();
CREATE TRIGGER "audit_event_no_truncate" BEFORE TRUNCATE ON "audit_event" FOR EACH STATEMENT EXECUTE FUNCTION "audit_event_refuse_change"();
