"""Archives of other sites in little, with the columns that they really have."""

from __future__ import annotations

import io
import zipfile

LETTERBOXD = {
    "profile.csv": "Date Joined,Username,Given Name\n2020-01-01,someone,Some\n",
    "ratings.csv": (
        "Date,Name,Year,Letterboxd URI,Rating\n"
        "2024-03-02,Heat,1995,https://boxd.it/2a,4.5\n"
        "2024-03-03,The Matrix,1999,https://boxd.it/2b,5\n"
        "2024-03-04,Amélie,2001,https://boxd.it/2c,3\n"
        "2024-03-05,A Film That Nobody Has,2011,https://boxd.it/2d,2\n"
    ),
    "watched.csv": (
        "Date,Name,Year,Letterboxd URI\n"
        "2023-01-05,Heat,1995,https://boxd.it/2a\n"
        "2023-01-06,The Matrix,1999,https://boxd.it/2b\n"
    ),
    "diary.csv": (
        "Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date\n"
        "2022-05-01,Heat,1995,https://boxd.it/9z,3,,,2022-04-30\n"
    ),
    "reviews.csv": (
        "Date,Name,Year,Letterboxd URI,Rating,Rewatch,Review,Tags,Watched Date\n"
        '2024-03-02,Heat,1995,https://boxd.it/9y,4.5,,"Cold, blue,\nand ""long"".",,2024-03-01\n'
    ),
    "watchlist.csv": (
        "Date,Name,Year,Letterboxd URI\n"
        "2024-02-01,Alien,1979,https://boxd.it/2e\n"
    ),
    "likes/films.csv": (
        "Date,Name,Year,Letterboxd URI\n2024-02-01,Alien,1979,https://boxd.it/2e\n"
    ),
}  # fmt: skip
GOODREADS = (
    "Book Id,Title,Author,Author l-f,Additional Authors,ISBN,ISBN13,My Rating,Average Rating,"
    "Publisher,Binding,Number of Pages,Year Published,Original Publication Year,Date Read,"
    "Date Added,Bookshelves,Bookshelves with positions,Exclusive Shelf,My Review,Spoiler,"
    "Private Notes,Read Count,Owned Copies\n"
    '1,"Emma",Jane Austen,"Austen, Jane",,"=""0141439580""","=""9780141439587""",5,4.05,Penguin,'
    "Paperback,474,2003,1815,2023/05/06,2023/01/02,,,read,Sharp and <b>kind</b>.<br/>Again!,,,1,0\n"
    '2,"Moby-Dick; or, the Whale",Herman Melville,"Melville, Herman",,"=""""","=""""",0,3.5,'
    "Penguin,Paperback,720,2003,1851,,2023/01/02,to-read,to-read (#1),to-read,,,,0,0\n"
)
STORYGRAPH = (
    "Title,Authors,Contributors,ISBN/UID,Format,Read Status,Date Added,Last Date Read,Dates Read,"
    "Read Count,Moods,Pace,Character- or Plot-Driven?,Strong Character Development?,"
    "Loveable Characters?,Diverse Characters?,Flawed Characters?,Star Rating,Review,"
    "Content Warnings,Content Warning Description,Tags,Owned?\n"
    "Emma,Jane Austen,,9780141439587,paperback,read,2023/01/02,2023/05/06,2023/04/01-2023/05/06,1,"
    "funny,slow,Character,Yes,Yes,No,Yes,4.25,,,,,No\n"
    "Moby-Dick,Herman Melville,,,paperback,did-not-finish,2023/01/02,,,0,,,,,,,,1.5,,,,,No\n"
)
IMDB = (
    "Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),"
    "Year,Genres,Num Votes,Release Date,Directors\n"
    "tt0113277,9,2021-07-08,Heat,Heat,https://www.imdb.com/title/tt0113277,Movie,8.3,170,1995,"
    '"Action, Crime",700000,1995-12-15,Michael Mann\n'
)
TRAKT = {
    "ratings-movies.json": (
        '[{"rated_at": "2022-02-03T20:00:00.000Z", "rating": 8, "type": "movie", "movie": '
        '{"title": "Heat", "year": 1995, "ids": {"trakt": 1, "imdb": "tt0113277"}}}]'
    ),
    "watchlist.json": (
        '[{"listed_at": "2022-02-04T20:00:00.000Z", "type": "movie", "movie": '
        '{"title": "Alien", "year": 1979, "ids": {"trakt": 2}}}]'
    ),
    "user-profile.json": '{"username": "someone"}',
}


def zipped(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()
