"""What is written on threads: notes, events, chats, emails, and replies by a thread's channel."""
