"""Who really asked: signatures of Slack's requests and of links that acknowledge. Pure."""
