-- That an app may know who signed in without opening any chart; a key for names that never change.

-- AlterTable
ALTER TABLE "access_token" ADD COLUMN     "sign_in_grant_id" UUID;

-- AlterTable
ALTER TABLE "authorization_code" ADD COLUMN     "sign_in_grant_id" UUID,
ALTER COLUMN "grant_id" DROP NOT NULL,
ALTER COLUMN "code_challenge" DROP NOT NULL;

-- AlterTable
ALTER TABLE "authorization_request" ADD COLUMN     "hinted_subject" TEXT,
ALTER COLUMN "code_challenge" DROP NOT NULL;

-- CreateTable
CREATE TABLE "sign_in_grant" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "app_id" TEXT NOT NULL,
    "text_version" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "ended_why" TEXT,

    CONSTRAINT "sign_in_grant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lasting_key" (
    "name" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "lasting_key_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE INDEX "sign_in_grant_account_id_idx" ON "sign_in_grant"("account_id");

-- CreateIndex
CREATE INDEX "sign_in_grant_app_id_idx" ON "sign_in_grant"("app_id");

-- AddForeignKey
ALTER TABLE "sign_in_grant" ADD CONSTRAINT "sign_in_grant_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "authorization_code" ADD CONSTRAINT "authorization_code_sign_in_grant_id_fkey" FOREIGN KEY ("sign_in_grant_id") REFERENCES "sign_in_grant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "access_token" ADD CONSTRAINT "access_token_sign_in_grant_id_fkey" FOREIGN KEY ("sign_in_grant_id") REFERENCES "sign_in_grant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- A code opens a record or tells who signed in, never both and never neither.
ALTER TABLE "authorization_code" ADD CONSTRAINT "authorization_code_opens_one"
  CHECK (("grant_id" IS NULL) <> ("sign_in_grant_id" IS NULL));
ALTER TABLE "access_token" ADD CONSTRAINT "access_token_opens_one"
  CHECK ("grant_id" IS NULL OR "sign_in_grant_id" IS NULL);
