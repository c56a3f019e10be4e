-- AlterTable
ALTER TABLE "link" ADD COLUMN "consent_count" INTEGER NOT NULL DEFAULT 0;
