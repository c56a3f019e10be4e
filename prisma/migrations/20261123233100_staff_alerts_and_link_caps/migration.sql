-- Alerts for staff, sign-ins suspended for linking, disputes, and the allowance that goes past the caps on links.
CREATE TABLE "staff_alert" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "ehr_id" TEXT,
    "patient_id" TEXT,
    "login_id" UUID,
    "raised_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "told_at" TIMESTAMPTZ(3),
    "closed_at" TIMESTAMPTZ(3),
    "closed_by" TEXT,
    "closed_why" TEXT,

    CONSTRAINT "staff_alert_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "staff_alert_closed_at_raised_at_idx" ON "staff_alert"("closed_at", "raised_at");
CREATE UNIQUE INDEX "staff_alert_open" ON "staff_alert" ("kind", "subject") WHERE "closed_at" IS NULL;

CREATE TABLE "link_allowance" (
    "id" UUID NOT NULL,
    "ehr_id" TEXT NOT NULL,
    "patient_id" TEXT NOT NULL,
    "given_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "spent_at" TIMESTAMPTZ(3),

    CONSTRAINT "link_allowance_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "link_allowance_ehr_id_patient_id_idx" ON "link_allowance"("ehr_id", "patient_id");

ALTER TABLE "login" ADD COLUMN "linking_suspended_at" TIMESTAMPTZ(3);
ALTER TABLE "link" ADD COLUMN "disputed_at" TIMESTAMPTZ(3);
