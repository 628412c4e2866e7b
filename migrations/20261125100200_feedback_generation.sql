-- Feedback is part of the knowledge base: the generation that it came with, and the one that took it back.
ALTER TABLE feedback ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feedback ADD COLUMN withdrawn_generation INTEGER;
