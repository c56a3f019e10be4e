-- DPoP proofs that were used, so that none is used twice.
CREATE TABLE "dpop_proof" (
    "digest" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "dpop_proof_pkey" PRIMARY KEY ("digest")
);

CREATE INDEX "dpop_proof_expires_at_idx" ON "dpop_proof"("expires_at");
