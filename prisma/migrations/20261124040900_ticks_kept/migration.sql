-- AlterTable
ALTER TABLE "authorization_request" ADD COLUMN     "unticked_items" TEXT[] DEFAULT ARRAY[]::TEXT[];
