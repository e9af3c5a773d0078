"""What ingestion uses outside itself: the web and object stores; only the service's bootstrap picks among them."""
