-- What came with a launch, the key and the visit tokens are bound to, from the request to every token.
ALTER TABLE "authorization_request" ADD COLUMN "context" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN "dpop_jkt" TEXT;

ALTER TABLE "authorization_code" ADD COLUMN "context" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN "dpop_jkt" TEXT;

ALTER TABLE "refresh_family" ADD COLUMN "context" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN "dpop_jkt" TEXT,
ADD COLUMN "session_id" UUID;

ALTER TABLE "access_token" ADD COLUMN "context" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN "dpop_jkt" TEXT,
ADD COLUMN "session_id" UUID,
ADD COLUMN "account_id" UUID,
ALTER COLUMN "grant_id" DROP NOT NULL;
