-- AlterTable
ALTER TABLE "app_registration" ADD COLUMN "revision" INTEGER NOT NULL DEFAULT 1;
