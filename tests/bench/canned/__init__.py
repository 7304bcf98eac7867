"""AWS and the providers as the measurements see them: answers from memory, counted, in a process of their own."""
