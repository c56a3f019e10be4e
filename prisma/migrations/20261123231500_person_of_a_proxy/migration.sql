-- AlterTable
ALTER TABLE "link" ADD COLUMN "person_id" TEXT;
