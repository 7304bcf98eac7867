"""What customers say, understood: opt-outs, answers, scores, payments, complaints, themes; and mails read right."""
