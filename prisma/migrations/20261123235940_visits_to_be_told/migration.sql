-- The visits that ended and were not told of yet are found without looking at the others.
-- DropIndex
DROP INDEX "session_ended_at_idx";

-- CreateIndex
CREATE INDEX "session_told_at_ended_at_idx" ON "session"("told_at", "ended_at");

