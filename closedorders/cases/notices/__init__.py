"""Mails to people of a team: a case waits for them. A link and no word of what is on the documents."""
